"""What Polycast is compared with: the same job as Celery + Redis, and as a hand-written floor."""
