-- What callers call an outcome, so that they find it again: for labelling. Null: they gave it no id, or it is older than this.
alter table outcomes add column id text;
--> statement-breakpoint
-- The log is read backwards, a stretch of time after another: ranges of blocks are enough for that, and cost ingestion nothing.
create index outcomes_received on outcomes using brin (received);
