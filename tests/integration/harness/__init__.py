"""Drives a real httpd with Navajo's modules: one concept per file, nothing beyond the standard library."""
