-- Rehearsals of what protects, on models and experiments whose keys begin with `drill:`, which nobody else's can ---------
create table drills (
  id int primary key generated always as identity,
  type text not null,                        -- rollback | breaker | fallback | silence
  state text not null default 'running',     -- running | passed | failed | abandoned
  actor text not null,
  holder uuid not null,                      -- the process that runs it
  heartbeat timestamptz not null default clock_timestamp(),
  started_at timestamptz not null default moment(),
  fault_at timestamptz,                      -- the fault began
  detected_at timestamptz,                   -- the decision that it led to
  reverted_at timestamptz,                   -- the node that ran it answered the old version again
  ended_at timestamptz,
  cleared_at timestamptz,                    -- what it counted is removed; ledger and experiments stay
  units int not null default 0,
  decision bigint,                           -- ledger.id
  text text not null default ''
);
--> statement-breakpoint
create unique index drills_running on drills ((true)) where state = 'running';
