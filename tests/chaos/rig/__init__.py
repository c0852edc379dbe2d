"""The rig: real servers under load, a seeded chaos that strikes them, and an audit.

    python -m tests.chaos.rig --database sqlite|postgresql --events 100 --seed 1

`plan` says which faults come, `faults` what each of them does to the `environment`: servers in
a `fleet`, a database, a mail server. Meanwhile `clients` do `operations`, each asked again
under the same key until it is answered, and `followers` follow the feed: by cursor, by long poll
and by a stream. All record `observations`. When everything runs again and has had time to finish,
`audit` compares the observations with all that the database holds. `--bug` plants a bug in the
servers, which the audit must find.
"""
