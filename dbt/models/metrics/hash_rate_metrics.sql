{{ config(meta={'day_column': 'time'}) }}

{{ catalogue_rows('hash_rate') }}
