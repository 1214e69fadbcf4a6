"""What scripts/make_mil_check_models.py makes packages of."""
