-- What every decision was taken from, so that it can be taken again -------------------------------------------------
create table decision_inputs (
  ledger bigint primary key,                 -- ledger.id
  body bytea not null                        -- deflated JSON, by the SHA-256 that the entry names; large members are parts
);
--> statement-breakpoint
alter table decision_inputs alter column body set storage external;
--> statement-breakpoint
create table decision_parts (
  hash bytea primary key,                    -- SHA-256 of the body: the same epoch, seen by many decisions, is kept once
  body bytea not null
);
--> statement-breakpoint
create trigger decision_inputs_append_only before update or delete on decision_inputs
  for each row execute function ledger_is_append_only();
--> statement-breakpoint
create trigger decision_parts_append_only before update or delete on decision_parts
  for each row execute function ledger_is_append_only();
