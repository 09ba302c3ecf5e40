-- What other systems tell of an experiment or of everything on a model: the latest of each name. It can only hold.
create table signals (
  id int primary key generated always as identity,
  subject text not null,                     -- experiment:<id> or model:<id>
  variant text not null default '',          -- '': the whole subject
  name text not null,
  status text not null,                      -- ok | alarm
  value float8,
  source text,
  at timestamptz not null,                   -- when it was so, as its sender says
  expires_at timestamptz,
  received_at timestamptz not null default moment(),
  actor text not null,
  unique (subject, variant, name)
);
