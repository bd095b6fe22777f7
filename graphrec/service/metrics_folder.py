"""The variable that names the folder of several processes' metrics; set before prometheus_client is imported."""

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
