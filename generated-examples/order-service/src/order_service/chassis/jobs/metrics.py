"""What became of the jobs, as this replica has seen it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary


class JobMetrics:
    """Runs by outcome, how long they took, and when the last one of each job ended well."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.runs = Counter(
            "job_runs",
            "Looks at a job: it was done, it failed, or another replica had it or has done it.",
            ("job", "outcome"),
            registry=registry,
        )
        self.seconds = Summary(
            "job_duration_seconds", "Seconds that runs took.", ("job",), registry=registry
        )
        self.begun_at = Gauge(
            "job_last_run_timestamp_seconds",
            "When this replica last began the job.",
            ("job",),
            registry=registry,
        )
        self.done_at = Gauge(
            "job_last_success_timestamp_seconds",
            "When this replica last ended the job well.",
            ("job",),
            registry=registry,
        )
