"""The targeting catalogue: places, languages, interests."""
