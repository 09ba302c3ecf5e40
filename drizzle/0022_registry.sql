-- Where a model's versions are registered elsewhere, and how that registry stands to our champion.
alter table models add column registry jsonb;
--> statement-breakpoint
alter table models add column registry_sync jsonb;
