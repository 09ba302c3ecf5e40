-- The service's clock: the database's, so that all nodes agree. Simulations move it by a session setting.
create function moment() returns timestamptz stable language sql as $$
  select now() + coalesce(nullif(current_setting('contender.clock_offset', true), ''), '0')::interval
$$;
--> statement-breakpoint
-- Registry: models, versions, champions, metrics ------------------------------------------------------------------
create table models (
  id int primary key generated always as identity,
  key text not null unique,
  description text not null default '',
  unit_type text not null default 'user',
  enabled boolean not null default true,
  watch jsonb not null default '{}',
  fallbacks text[] not null default '{}',
  champion int,                              -- versions.id
  created_at timestamptz not null default moment()
);
--> statement-breakpoint
create table versions (
  id int primary key generated always as identity,
  model int not null references models(id),
  version text not null,
  record jsonb not null,                     -- payload, artifact, digest, parameters, … : immutable after first traffic
  watch_scope int not null,                  -- scopes.id: counts what champion traffic of this version reports
  created_at timestamptz not null default moment(),
  first_traffic_at timestamptz,
  unique (model, version)
);
--> statement-breakpoint
create table champion_history (
  model int not null references models(id),
  seq int not null,                          -- 1, 2, 3 … per model: compare-and-set
  version int not null references versions(id),
  previous int references versions(id),
  actor text not null,
  reason text not null,
  experiment int,
  at timestamptz not null default moment(),
  primary key (model, seq)
);
--> statement-breakpoint
create table metrics (
  id int primary key generated always as identity,
  key text not null unique,
  kind text not null,
  definition jsonb not null,
  created_at timestamptz not null default moment()
);
--> statement-breakpoint
-- Experiments: what runs, in which scope and epoch ----------------------------------------------------------------
create table experiments (
  id int primary key generated always as identity,
  key text not null unique,
  model int not null references models(id),
  state text not null,
  definition jsonb not null,                 -- as given, overrides as keyed unit hashes
  frozen jsonb,                              -- what may not change after start: metric plans, rho, levels, salt
  variants jsonb not null,                   -- [{key, version, status: live|killed|disabled}] by ordinal
  stage int not null default 0,
  scope int,                                 -- current scopes.id
  epoch int not null default 0,              -- current epoch number: the compare-and-set column
  winner text,
  looks jsonb not null default '{}',         -- the engine's memory between ticks: looks in a row per rule
  revision int not null default 1,           -- rises with every change of the row
  changed_at timestamptz not null default moment(),
  created_at timestamptz not null default moment(),
  started_at timestamptz,
  ended_at timestamptz
);
--> statement-breakpoint
create index experiments_state on experiments (state);
--> statement-breakpoint
create table scopes (
  id int primary key generated always as identity,
  kind text not null,                        -- stage | watch (later: bake, generation)
  experiment int,                            -- experiments.id, null for a watch
  model int not null,
  stage int not null default 0,
  metrics jsonb not null,                    -- metric plans in ordinal order (1-based in rollups)
  ceilings float8[] not null,                -- limits a unit's x: conversion 1, total its cap, else Infinity
  late_after interval not null,              -- the outcome window; '100 years' when there is no deadline
  opened_at timestamptz not null default moment(),
  closed_at timestamptz
);
--> statement-breakpoint
create index scopes_experiment on scopes (experiment);
--> statement-breakpoint
create table epochs (
  experiment int not null,
  epoch int not null,                        -- 1, 2, 3 … without gaps per experiment
  scope int not null,
  cause text not null,                       -- action | clock
  coverage float8 not null,
  weights float8[] not null,                 -- by variant ordinal
  frozen jsonb not null default '{}',        -- arms' means and contrast weights taken from the past
  started_at timestamptz not null default moment(),
  ended_at timestamptz,
  sealed_at timestamptz,
  primary key (experiment, epoch)
);
--> statement-breakpoint
create index epochs_unsealed on epochs (experiment) where sealed_at is null;
--> statement-breakpoint
-- Ingestion: exposures, outcomes, roll-ups ------------------------------------------------------------------------
create table units (
  scope int not null,
  unit uuid not null,                        -- keyed hash, never the unit itself
  epoch int not null,
  variant smallint not null,
  propensity float8 not null,
  exposed timestamptz not null,
  born uuid not null,                        -- the statement that inserted the row
  rebuilt boolean not null default false,    -- inserted by an outcome, from its token
  c int not null default 0, pc int not null default 0,   -- outcomes folded; p*: the state before the last statement
  x float8[], y float8[], px float8[], py float8[],
  primary key (scope, unit)
) with (fillfactor = 80);
--> statement-breakpoint
create table outcome_keys (
  experiment int not null,                   -- experiments.id, or -(models.id) for a watch
  key uuid not null,
  scope int not null,
  unit uuid not null,
  revision int not null,
  digest uuid not null,                      -- of the body: the same id with another body is a conflict
  x float8[], y float8[], px float8[], py float8[],      -- what was folded (null: late or crossed), and before
  primary key (experiment, key)
) with (fillfactor = 90);
--> statement-breakpoint
create table outcomes (
  day date not null,
  experiment int not null,
  key uuid not null,
  revision int not null,
  scope int not null,
  unit uuid not null,
  at timestamptz not null,
  received timestamptz not null,
  late boolean not null,
  crossed boolean not null,
  measures jsonb not null
) partition by range (day);
--> statement-breakpoint
create table outcomes_default partition of outcomes default;
--> statement-breakpoint
create table rollups (
  scope int not null,
  epoch int not null,
  variant smallint not null,
  metric smallint not null,                  -- 0: n exposed units, sx units that reported, sy outcomes
  shard smallint not null,
  n bigint not null, sx float8 not null, sy float8 not null, sxx float8 not null, sxy float8 not null, syy float8 not null,
  primary key (scope, epoch, variant, metric, shard)
) with (fillfactor = 50);
--> statement-breakpoint
create table ingest_health (
  scope int not null,
  epoch int not null,
  late bigint not null default 0,
  crossed bigint not null default 0,
  rebuilt bigint not null default 0,
  primary key (scope, epoch)
) with (fillfactor = 50);
--> statement-breakpoint
-- Decisions: ledger, analyses, lease, outbox ----------------------------------------------------------------------
create table ledger (
  id bigint primary key generated always as identity,
  experiment int references experiments(id),
  model int references models(id),
  chain text not null,                       -- experiment:<id> or model:<id>
  seq int not null,
  at timestamptz not null,
  actor text not null,
  action text not null,
  status text not null,                      -- applied | held | failed
  entry jsonb not null,                      -- everything else, and what the hash covers
  prev_hash text not null,
  hash text not null,
  unique (chain, seq)
);
--> statement-breakpoint
create index ledger_experiment on ledger (experiment, seq);
--> statement-breakpoint
create function ledger_is_append_only() returns trigger language plpgsql as $$
begin raise exception 'the ledger is append-only'; end $$;
--> statement-breakpoint
create trigger ledger_append_only before update or delete on ledger for each row execute function ledger_is_append_only();
--> statement-breakpoint
create table analyses (
  id bigint primary key generated always as identity,
  experiment int not null references experiments(id),
  at timestamptz not null,
  epoch int not null,
  digest text not null,
  report jsonb not null,
  cited boolean not null default false
);
--> statement-breakpoint
create index analyses_experiment on analyses (experiment, at);
--> statement-breakpoint
create table lease (
  name text primary key,
  holder uuid not null,
  fence bigint not null,
  expires_at timestamptz not null
);
--> statement-breakpoint
create table outbox (
  id bigint primary key generated always as identity,
  topic text not null,
  body jsonb not null,
  ledger bigint,
  created_at timestamptz not null default moment()
);
--> statement-breakpoint
-- Access and settings ---------------------------------------------------------------------------------------------
create table api_keys (
  id text primary key,
  name text not null,
  hash bytea not null unique,                -- SHA-256 of the key; the key itself is shown once
  scopes text[] not null,
  created_at timestamptz not null default moment(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
--> statement-breakpoint
create table settings (
  key text primary key,                      -- unit_key, token_secret
  value text not null
);
--> statement-breakpoint
create table publication (
  "only" boolean primary key default true check ("only"),
  version bigint not null                    -- rises with every change that nodes must see
);
--> statement-breakpoint
insert into publication (version) values (1);
