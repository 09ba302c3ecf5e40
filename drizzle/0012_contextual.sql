-- The attributes by which a unit was drawn, as features: set at insertion, completed at most once, as covariates are
alter table units add column features float8[];
--> statement-breakpoint
-- w = 1 / propensity of each unit. Of metric 0 the weights alone, over all exposed units; of the others X and Y weighted
create table weighted_rollups (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  metric smallint not null,
  shard smallint not null,
  w float8 not null, ww float8 not null,
  wx float8 not null, wy float8 not null,
  wwx float8 not null, wwy float8 not null, wwxx float8 not null, wwxy float8 not null, wwyy float8 not null,
  primary key (scope, epoch, variant, metric, shard)
) with (fillfactor = 50);
--> statement-breakpoint
-- Of the units whose features are known: the lower triangle of the sum of their products by rows (the first counts the
-- units), and their sums times X and Y of the metric that is followed; null until there is something
create table feature_rollups (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  shard smallint not null,
  gram float8[],
  x float8[],
  y float8[],
  primary key (scope, epoch, variant, shard)
) with (fillfactor = 50);
--> statement-breakpoint
-- Most changes of these come with one of the roll-ups, but the completion of a unit does not.
create trigger features_wake_inserted after insert on feature_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
--> statement-breakpoint
create trigger features_wake_updated after update on feature_rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
