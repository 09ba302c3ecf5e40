-- What others found out about a version before it serves anybody; the latest of each name counts. Append-only.
create table version_checks (
  id int primary key generated always as identity,
  version int not null references versions(id),
  name text not null,
  status text not null,                      -- pass | fail | error | running | skipped
  evidence jsonb,
  digest text,                               -- of the artifact that was checked
  at timestamptz not null,                   -- when it was checked, as its sender says
  received_at timestamptz not null default moment(),
  actor text not null,
  body text not null                         -- SHA-256 of what was sent: the same again is no other check
);
--> statement-breakpoint
create index version_checks_latest on version_checks (version, name, at, id);
--> statement-breakpoint
-- Names of checks that a version must pass before it serves anybody
alter table models add column requires text[] not null default '{}';
--> statement-breakpoint
-- When its record was last replaced: checks received before that were of another one
alter table versions add column changed_at timestamptz not null default moment();
--> statement-breakpoint
-- Since when it says that it is warm; null: it never did, or takes it back
alter table versions add column ready_at timestamptz;
--> statement-breakpoint
create trigger version_checks_append_only before update or delete on version_checks for each row execute function ledger_is_append_only();
