"""What Airflow keeps of the sync's asset: whether any Dag has it, and its state."""

from __future__ import annotations

from typing import Any


def remembered() -> dict[str, Any]:
    """All of the asset state store."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return {str(each.key): each.value for each in session.scalars(select(AssetStateStoreModel)).all()}
