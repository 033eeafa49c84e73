from django.db import migrations

# Retries of earlier releases took over rows of their sources, and with them their files.
NOTE = """
INSERT INTO core_blobuse (blob_id, execution_id)
WITH RECURSIVE lineage (source, retry) AS (
    SELECT retry_of_id, id FROM executor_execution WHERE retry_of_id IS NOT NULL
    UNION SELECT e.retry_of_id, l.retry FROM lineage l JOIN executor_execution e ON e.id = l.source
    WHERE e.retry_of_id IS NOT NULL
)
SELECT b.id, l.retry FROM lineage l JOIN core_blob b ON b.execution_id = l.source
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_blob_uses'),
        ('executor', '0013_aside'),
    ]

    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
