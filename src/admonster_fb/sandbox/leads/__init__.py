"""Pages' rights, lead forms, leads, and webhooks. Written from the facts about leads, businesses and webhooks."""
