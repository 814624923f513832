{{ config(meta={'day_column': 'time'}) }}

{{ catalogue_rows('miners') }}
