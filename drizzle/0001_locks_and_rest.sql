-- Versions that a rollback took out of service: locked until a person acknowledges --------------------------------
alter table versions add column lock jsonb;  -- {at, actor, reason, experiment}; null: it may become champion
--> statement-breakpoint
alter table champion_history add column kind text not null default 'set';  -- set | start | promote | rollback
--> statement-breakpoint
update champion_history h set kind = 'rollback' from ledger l
where l.model = h.model and l.action = 'rollback' and l.at = date_trunc('milliseconds', h.at);
--> statement-breakpoint
-- Which version a watch counts, also after its metrics changed and the counting went on in another scope ----------
alter table scopes add column version int references versions(id);  -- null unless kind is watch
--> statement-breakpoint
-- A change of the watch closed the scopes of all versions there were, at one moment and in their order.
update scopes s set version = v.id
from (select id, model, row_number() over (partition by model, closed_at order by id) as place
  from scopes where kind = 'watch' and closed_at is not null) old
join (select id, model, row_number() over (partition by model order by id) as place from versions) v using (model, place)
where s.id = old.id;
--> statement-breakpoint
update scopes s set version = v.id from versions v where v.watch_scope = s.id;
--> statement-breakpoint
create index scopes_version on scopes (version) where version is not null;
--> statement-breakpoint
-- Epochs whose roll-ups may have changed since the engine looked. All others are at rest: nobody reads them again -----
create table awake_epochs (
  scope int not null,
  epoch int not null,
  fading boolean not null default false,     -- to be laid to rest, unless it changes
  barrier xid8,                              -- when no transaction before this one runs any more
  primary key (scope, epoch)
) with (fillfactor = 50);
--> statement-breakpoint
alter table epochs add column rested xid8;   -- who laid it to rest last: the same numbers until another one does
--> statement-breakpoint
insert into awake_epochs (scope, epoch)
select p.scope, p.epoch from epochs p join experiments e on e.id = p.experiment and e.scope = p.scope;
--> statement-breakpoint
create function wake_new_epochs() returns trigger language plpgsql as $$
begin
  insert into awake_epochs (scope, epoch) select scope, epoch from made order by 1, 2 on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger epochs_wake after insert on epochs
  referencing new table as made for each statement execute function wake_new_epochs();
--> statement-breakpoint
-- Each query of the function has a snapshot of its own (READ COMMITTED), taken after the roll-ups were written: whoever
-- does not see here that an epoch fades has a transaction older than the barrier, and that one is waited for.
create function wake_changed_epochs() returns trigger language plpgsql as $$
begin
  insert into awake_epochs as a (scope, epoch)
  select c.scope, c.epoch from (select distinct scope, epoch from changed) c
  where not exists (select from awake_epochs k where k.scope = c.scope and k.epoch = c.epoch and not k.fading)
    and exists (select from scopes s join experiments e on e.id = s.experiment where s.id = c.scope and e.scope = s.id)
  order by 1, 2
  on conflict (scope, epoch) do update set fading = false, barrier = null where a.fading;
  return null;
end $$;
--> statement-breakpoint
create trigger rollups_wake_inserted after insert on rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
--> statement-breakpoint
create trigger rollups_wake_updated after update on rollups
  referencing new table as changed for each statement execute function wake_changed_epochs();
