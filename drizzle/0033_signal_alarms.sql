-- The last alarm of each kind that a signal raised, and when it came: so that one that was over before the engine looked is seen, too.
alter table signals add column alarms jsonb not null default '{}';
