-- Webhooks: who is told of decisions, what was sent, and what became of it ------------------------------------------
alter table outbox
  add column message uuid,                   -- its webhook-id, the same for every receiver and attempt
  add column payload text,                   -- the very bytes that are signed and sent
  add column told_at timestamptz;            -- when it was handed out to the webhooks that want it; null: not yet
--> statement-breakpoint
update outbox set told_at = moment();        -- nobody has asked for these
--> statement-breakpoint
create index outbox_untold on outbox (id) where told_at is null;
--> statement-breakpoint
create index outbox_told on outbox (told_at);
--> statement-breakpoint
create table webhooks (
  id text primary key,
  url text not null,
  description text not null,
  events text[] not null,                    -- names, `experiment.*`, or `*`
  enabled boolean not null default true,
  disabled_because text,                     -- asked | gone | failing
  secret text not null,                      -- sealed where there is a key outside of the database
  previous_secret text,                      -- signs, too, until its time is over
  previous_until timestamptz,
  failing_since timestamptz,                 -- the first failure since the last success
  created_by text not null,
  created_at timestamptz not null default moment()
);
--> statement-breakpoint
create table webhook_deliveries (
  id bigint primary key generated always as identity,
  webhook text not null references webhooks(id) on delete cascade,
  outbox bigint not null references outbox(id) on delete cascade,
  state text not null default 'waiting',     -- waiting | delivered | failed | cancelled
  tries int not null default 0,              -- since it was first sent, or replayed
  due_at timestamptz not null default moment(),
  claim uuid,                                -- of the process that sends it just now
  claimed_until timestamptz,                 -- afterwards another one may
  created_at timestamptz not null default moment(),
  ended_at timestamptz,
  unique (webhook, outbox)
);
--> statement-breakpoint
create index webhook_deliveries_waiting on webhook_deliveries (webhook, due_at) where state = 'waiting';
--> statement-breakpoint
create index webhook_deliveries_claimed on webhook_deliveries (webhook) where claim is not null;
--> statement-breakpoint
create index webhook_deliveries_outbox on webhook_deliveries (outbox);
--> statement-breakpoint
create table webhook_attempts (
  delivery bigint not null references webhook_deliveries(id) on delete cascade,
  number int not null,                       -- 1, 2, 3 … per delivery, replays included
  at timestamptz not null default moment(),
  result text not null default 'sending',    -- delivered | answered | timeout | unreachable | not_allowed | unreadable | interrupted | unknown
  ms int,
  status int,
  error text,
  response text,                             -- how its body began
  primary key (delivery, number)
);
