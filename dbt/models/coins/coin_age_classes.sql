{{ config(materialized='view') }}

{#- The class of each age in days. Every range of `coin_ranges` consists of whole classes. -#}

with bounds as (

    select min_days as bound
    from {{ ref('coin_ranges') }}
    union
    select max_days as bound
    from {{ ref('coin_ranges') }}
    where max_days is not null

),

classes as (

    select
        bound as min_days,
        lead(bound) over (order by bound) as next_bound
    from bounds

),

-- up to a century
ages as (select {{ each_number(0, 36500) }} as age)

select
    ages.age,
    classes.min_days
from ages
inner join classes
    on
        ages.age >= classes.min_days
        and ages.age < coalesce(classes.next_bound, 36501)
