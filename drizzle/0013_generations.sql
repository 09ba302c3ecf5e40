-- Guardrails once more, day by day of UTC: each scope of a stage whose units return has one scope of kind generation. Its
-- epochs are days * 2^16 + the epoch in which the unit was drawn (0 where weights never move within a scope).
alter table scopes add column parent int references scopes(id);  -- of a generation: the stage's scope
--> statement-breakpoint
alter table scopes add column strata text;  -- of a generation: served | exposed, where the epoch's weights decide; else null
--> statement-breakpoint
create unique index scopes_parent on scopes (parent) where parent is not null;
--> statement-breakpoint
-- What the key has folded into the generation of the day on which it was received, if it was: of that unit of the day.
alter table outcome_keys add column day_unit uuid;
--> statement-breakpoint
alter table outcome_keys add column dx float8[];
--> statement-breakpoint
alter table outcome_keys add column dy float8[];
--> statement-breakpoint
alter table outcome_keys add column pdx float8[];
--> statement-breakpoint
alter table outcome_keys add column pdy float8[];
--> statement-breakpoint
alter table outcomes add column daily boolean not null default false;  -- folded into the generation of its day
