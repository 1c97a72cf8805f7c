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


def forget_asset(name: str) -> list[tuple[str, str]]:
    """No Dag has this asset any more, as far as Airflow knows; returns what restore_assets takes."""
    from airflow.models.asset import AssetActive
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        active = session.scalars(select(AssetActive).where(AssetActive.name == name)).all()
        found = [(each.name, each.uri) for each in active]
        for each in active:
            session.delete(each)
        return found


def restore_assets(found: list[tuple[str, str]]) -> None:
    from airflow.models.asset import AssetActive
    from airflow.utils.session import create_session

    with create_session() as session:
        session.add_all([AssetActive(name=name, uri=uri) for name, uri in found])
