"""What here is no test."""

collect_ignore = ["run.py", "faults.py", "injection.py", "inject"]
