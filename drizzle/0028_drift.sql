-- How far the distributions were followed that an experiment looks after, or the watch of a version: references, and what was judged.
alter table experiments add column drift jsonb;
--> statement-breakpoint
alter table versions add column watch_state jsonb;
