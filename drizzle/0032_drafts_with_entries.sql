-- A draft that did not start at its time has entries of that, and may be deleted all the same: its chain stays.
alter table ledger drop constraint ledger_experiment_fkey;
