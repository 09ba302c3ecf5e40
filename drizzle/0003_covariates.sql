-- What was known of a unit when it was exposed: set at insertion, completed at most once, by the exposure of a unit
-- that an outcome had inserted from its token.
alter table units add column covariates float8[];  -- by metric ordinal; null elements: not known
--> statement-breakpoint
alter table units add column segments smallint[];  -- by declared segment, the id of its value; 0: any other, -1: none
--> statement-breakpoint
-- Values that quantiles count, each metric * 2^15 + bucket + 2^14; p*: what they replaced
alter table outcome_keys add column b int[];
--> statement-breakpoint
alter table outcome_keys add column pb int[];
--> statement-breakpoint
-- Where the history of a metric's covariate is looked up; fixed when the scope opens
create table covariate_sources (
  scope int not null,
  metric smallint not null,
  source int not null,                       -- an earlier scope of another experiment on the model
  ordinal smallint not null,                 -- the metric's ordinal there
  kind text not null,
  center float8 not null,
  ceiling float8 not null,
  primary key (scope, metric, source, ordinal)
);
--> statement-breakpoint
-- U: the covariate. V: 1 where it is known, U = V = 0 where it is not. n = su's units, over all exposed ones
create table covariate_rollups (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  metric smallint not null,
  shard smallint not null,
  n bigint not null, su float8 not null, suu float8 not null,
  sxu float8 not null, syu float8 not null, sxv float8 not null, syv float8 not null,
  primary key (scope, epoch, variant, metric, shard)
) with (fillfactor = 50);
--> statement-breakpoint
-- Values of quantiles, counted: the rows of a metric are a sketch
create table sketches (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  metric smallint not null,
  bucket smallint not null,
  shard smallint not null,
  count bigint not null,                     -- of one shard it may be negative: corrections go through any node
  primary key (scope, epoch, variant, metric, bucket, shard)
) with (fillfactor = 50);
--> statement-breakpoint
-- The first values of each segment, 1 to 20; all later ones are one
create table segment_values (
  scope int not null,
  segment smallint not null,
  value text not null,
  id smallint not null check (id between 1 and 20),
  primary key (scope, segment, value),
  unique (scope, segment, id)
);
--> statement-breakpoint
create table segment_rollups (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  metric smallint not null,
  segment smallint not null,
  value smallint not null,
  shard smallint not null,
  n bigint not null, sx float8 not null, sy float8 not null, sxx float8 not null, sxy float8 not null, syy float8 not null,
  primary key (scope, epoch, variant, metric, segment, value, shard)
) with (fillfactor = 50);
--> statement-breakpoint
-- Most changes of these come with one of the roll-ups, but the completion of a unit does not.
create trigger covariates_wake_inserted after insert on covariate_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
--> statement-breakpoint
create trigger covariates_wake_updated after update on covariate_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
--> statement-breakpoint
create trigger segments_wake_inserted after insert on segment_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
--> statement-breakpoint
create trigger segments_wake_updated after update on segment_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
