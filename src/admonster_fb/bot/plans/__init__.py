"""Plans: what a write would do, shown before it is done, and the policy that says which writes need one."""
