-- The part of enrolment that is let in, where the candidates of an experiment may get only so many calls a second
alter table experiments add column throttle float8 not null default 1;
--> statement-breakpoint
alter table epochs add column throttle float8 not null default 1;  -- the same while the epoch lasted; its coverage is without it
--> statement-breakpoint
create function throttle_new_epoch() returns trigger language plpgsql as $$
begin
  -- a bake serves everybody the winner, so that nothing is held back
  select case when s.kind = 'bake' then 1 else e.throttle end into new.throttle
  from experiments e, scopes s where e.id = new.experiment and s.id = new.scope;
  new.throttle := coalesce(new.throttle, 1);
  return new;
end $$;
--> statement-breakpoint
create trigger epochs_throttle before insert on epochs for each row execute function throttle_new_epoch();
