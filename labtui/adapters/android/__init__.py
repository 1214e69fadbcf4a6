"""Android phones: an asyncio smart-socket client, with adbutils for the rest."""
