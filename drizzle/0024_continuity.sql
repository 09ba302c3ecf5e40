-- What was learned elsewhere and brought here. Its roll-ups are in shards below 0: there are no units to recount them from.
alter table scopes add column origin int;    -- of an imported scope: its number where its units were counted; null for all others
--> statement-breakpoint
alter table scopes add column carried jsonb; -- of an imported scope: sums that are made from units elsewhere, of pairs and of contexts
