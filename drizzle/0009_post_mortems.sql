-- What has to be explained before its versions may serve again: one for every kill and rollback -----------------------
create table post_mortems (
  ledger bigint primary key,                 -- ledger.id of the decision that opened it
  experiment int not null references experiments(id),
  model int not null references models(id),
  variant text,                              -- null: all candidates
  locked text[] not null,                    -- versions that stay locked until it is signed
  opened_at timestamptz not null,
  signed_at timestamptz,
  signed_by text,
  note text,
  signed_ledger bigint                       -- ledger.id of the acknowledgement
);
--> statement-breakpoint
create index post_mortems_open on post_mortems (model) where signed_at is null;
