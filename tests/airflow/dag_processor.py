"""Callbacks in a Dag processor: a process of its own, started and served by Airflow's own code."""

from __future__ import annotations

import json
import selectors
import time
from pathlib import Path
from typing import Any

from tests.airflow.other_dags import BUNDLE, started

PATIENCE = 30  # seconds for the callbacks of one run
Log = list[dict[str, Any]]  # Airflow's structured log, an entry per line


def lose_tasks(file: Path, environ: dict[str, str]) -> Log:
    """All tasks of a run are lost with their workers: the scheduler fails them and asks for their callbacks."""
    from airflow.callbacks.callback_requests import TaskCallbackRequest
    from airflow.utils.state import TaskInstanceState

    with started(file, environ) as dag_run:
        requests = [
            TaskCallbackRequest(
                filepath=file.name,
                bundle_name=BUNDLE,
                bundle_version=None,
                ti=ti,
                msg="no heartbeat",
                task_callback_type=TaskInstanceState.FAILED,
            )
            for ti in sorted(dag_run.task_instances, key=lambda ti: ti.task_id)
        ]
        return process_callbacks(file, requests)


def process_callbacks(file: Path, callbacks: list[Any]) -> Log:
    """What the Dag processor does with callbacks: a process that reads the file and cannot ask the state store."""
    import structlog
    from airflow.dag_processing.processor import DagFileProcessorProcess
    from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor
    from airflow.sdk.log import logging_processors
    from uuid6 import uuid7

    path = file.with_suffix(".processor.log")
    handle = path.open("wb")
    processors = logging_processors(json_output=True)
    process = DagFileProcessorProcess.start(
        id=uuid7(),
        path=file,
        bundle_path=file.parent,
        bundle_name=BUNDLE,
        dag_file_rel_path=file.name,
        callbacks=callbacks,
        selector=selectors.DefaultSelector(),
        logger=structlog.wrap_logger(structlog.BytesLogger(handle), processors=processors, logger_name="p").bind(),
        logger_filehandle=handle,
        client=InProcessTestSupervisor._api_client(),
    )
    limit = time.monotonic() + PATIENCE
    while not process.is_ready:
        process._service_subprocess(0.1)
        if time.monotonic() > limit:
            process.kill()
            raise RuntimeError("the callbacks do not end")
    process.close()
    return entries(path)


def entries(log: Path) -> Log:
    return [json.loads(line) for line in log.read_text().splitlines()]
