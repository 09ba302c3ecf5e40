-- Reports in time: of a scope in which every unit should report, how long each has. Null: nobody counts that, or it was
-- opened before this was counted.
alter table scopes add column report_by interval;
--> statement-breakpoint
-- Did the first outcome that counts arrive in time? Null before there is one, and where nobody asks. In roll-ups: sxx of metric 0.
alter table units add column timely boolean;
