-- How far an experiment's stages are: the step in force, its first epoch, since when, and what was said of its gates.
-- Null where nothing ever moved: the first step, since the start.
alter table experiments add column progress jsonb;
