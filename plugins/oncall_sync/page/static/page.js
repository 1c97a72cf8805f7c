const r = await fetch("../api/v2/dags/oncall_sync"); document.getElementById("x").textContent = r.status;
