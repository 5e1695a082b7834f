"""Alert rules: conditions on metrics, and Meta's filters for ad rules."""
