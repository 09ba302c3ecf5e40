-- What became of outcomes that were delivered, repeats and refusals included: told in reports, and nothing is decided by it.
-- Nodes add what they counted every few seconds, so that a crash loses the last of it.
create table deliveries (
  scope int not null,                        -- 0: no assignment of ours was named
  day date not null,
  result text not null,                      -- accepted, late, crossed, duplicate, or the code of the refusal
  n bigint not null,
  last_at timestamptz not null,
  primary key (scope, day, result)
) with (fillfactor = 50);
