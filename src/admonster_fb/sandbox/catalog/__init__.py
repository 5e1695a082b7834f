"""What the search answers from: places, languages, interests."""
