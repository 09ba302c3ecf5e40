-- Why nothing may be promoted or moved just now: [{reason, variant, metric, text, since, clean}]
alter table experiments add column holds jsonb not null default '[]';
--> statement-breakpoint
-- When the engine last finished a look at everything; by the machine's clock, since it is about the engine itself
alter table lease add column ticked_at timestamptz;
