-- What candidates answer in the shadow of the control counts in scopes of their own, beside that of the stage.
alter table scopes add column shadow_of int references scopes(id);
--> statement-breakpoint
alter table scopes add column variant smallint;  -- of a shadow: the candidate's ordinal
--> statement-breakpoint
create unique index scopes_shadow on scopes (shadow_of, variant) where shadow_of is not null;
