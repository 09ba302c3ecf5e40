-- Detectors of watches take metrics with bounds, not only shares: what they saw of the first days is kept as sums over units.
update versions set watch_state = jsonb_set(watch_state, '{detectors}', (
  select coalesce(jsonb_object_agg(key, jsonb_build_object('healthy', value->'healthy', 'detector', value->'detector', 'base', jsonb_build_object(
    'n', value->'units', 'sumX', value->'failures', 'sumY', value->'units', 'sumXX', value->'failures', 'sumXY', value->'failures', 'sumYY', value->'units'))), '{}')
  from jsonb_each(watch_state->'detectors')))
where watch_state is not null;
