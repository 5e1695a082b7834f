"""Copies of campaigns, ad sets and ads."""
