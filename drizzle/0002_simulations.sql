-- Simulations: asked for on any node, run by the ones that run the engine.
create table simulations (
  id uuid primary key default gen_random_uuid(),
  state text not null default 'queued',      -- queued | running | done | failed | cancelled
  actor text not null,
  design jsonb not null,                     -- definition, metrics and request: all that a run needs
  done int not null default 0,
  total int not null,
  result jsonb,
  error text,
  holder uuid,                               -- the process that runs it; another one takes it over after a silence
  heartbeat timestamptz,
  created_at timestamptz not null default moment(),
  started_at timestamptz,
  ended_at timestamptz
);
--> statement-breakpoint
create index simulations_waiting on simulations (created_at) where state in ('queued', 'running');
--> statement-breakpoint
create index simulations_created on simulations (created_at, id);
