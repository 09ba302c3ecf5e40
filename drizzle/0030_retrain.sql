-- When whoever trains a model is told that it is time; null: never.
alter table models add column retrain jsonb;
