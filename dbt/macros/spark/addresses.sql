{#-
    Addresses from hashes, in Spark's SQL. DuckDB uses Python functions (address_functions.py); a test compares the two.
    `element_at(transform(array(x), y -> ...), 1)` gives a value a name, so that it is computed once.
-#}

{% macro base58check(version, payload) -%}
    {#-
        Base58 of a version byte, some bytes and four bytes of the checksum of both.

        The bytes are a big-endian number. It is divided by 58^5 seven times, in seven limbs of 32 bits, and each
        remainder gives five characters. Each leading zero byte is written as a 1.
    -#}
    element_at(transform(
        transform(
            array(concat(unhex(lpad(hex({{ version }}), 2, '0')), {{ payload }})),
            bytes -> hex(bytes) || upper(substr(sha2(unhex(sha2(bytes, 256)), 256), 1, 8))
        ),
        digits -> concat(
            repeat('1', (50 - length(ltrim('0', digits))) div 2),
            ltrim('1', array_join(transform(
                aggregate(
                    sequence(1, 7),
                    named_struct(
                        'limbs',
                        transform(
                            sequence(0, 6),
                            place -> cast(conv(substr(lpad(digits, 56, '0'), 8 * place + 1, 8), 16, 10) as bigint)
                        ),
                        'remainders',
                        cast(array() as array<bigint>)
                    ),
                    (state, turn) -> element_at(transform(
                        array(aggregate(
                            state.limbs,
                            named_struct('quotient', cast(array() as array<bigint>), 'remainder', 0L),
                            (done, limb) -> named_struct(
                                'quotient',
                                concat(done.quotient, array((done.remainder * 4294967296L + limb) div 656356768L)),
                                'remainder',
                                (done.remainder * 4294967296L + limb) % 656356768L
                            )
                        )),
                        divided -> named_struct(
                            'limbs',
                            divided.quotient,
                            'remainders',
                            concat(array(divided.remainder), state.remainders)
                        )
                    ), 1)
                ).remainders,
                remainder -> array_join(transform(
                    array(11316496L, 195112L, 3364L, 58L, 1L),
                    power -> substr(
                        '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
                        cast(remainder div power % 58 as int) + 1,
                        1
                    )
                ), '')
            ), ''))
        )
    ), 1)
{%- endmacro %}

{% macro segwit_address(prefix, version, program) -%}
    {#-
        The address of a witness program: bech32 (BIP 173) for version 0, bech32m (BIP 350) for later ones. It is the
        version and the program in groups of five bits, then six groups of checksum over them and the prefix.
    -#}
    {%- set letters -%} sequence(1, length({{ prefix }})) {%- endset -%}
    element_at(transform(
        transform(
            array(array_join(transform(
                sequence(1, 2 * length({{ program }})),
                place -> lpad(conv(substr(hex({{ program }}), place, 1), 16, 2), 4, '0')
            ), '')),
            bits -> concat(
                array(cast({{ version }} as bigint)),
                transform(
                    sequence(0, cast(ceil(length(bits) / 5) as int) - 1),
                    place -> cast(conv(rpad(substr(bits, 5 * place + 1, 5), 5, '0'), 2, 10) as bigint)
                )
            )
        ),
        groups -> concat({{ prefix }}, '1', array_join(transform(
            concat(groups, element_at(transform(
                array(aggregate(
                    concat(
                        transform(
                            {{ letters }},
                            place -> cast(shiftright(ascii(substr({{ prefix }}, place, 1)), 5) as bigint)
                        ),
                        array(0L),
                        transform({{ letters }}, place -> cast(ascii(substr({{ prefix }}, place, 1)) & 31 as bigint)),
                        groups,
                        array(0L, 0L, 0L, 0L, 0L, 0L)
                    ),
                    1L,
                    (residue, group) -> shiftleft(residue & 33554431L, 5) ^ group
                    {%- for generator in [996825010, 642813549, 513874426, 1027748829, 705979059] %}
                        ^ (shiftright(residue, 25 + {{ loop.index0 }}) & 1L) * {{ generator }}L
                    {%- endfor %}
                ) ^ case when {{ version }} = 0 then 1L else 734539939L end),
                residue -> transform(array(25, 20, 15, 10, 5, 0), place -> shiftright(residue, place) & 31L)
            ), 1)),
            group -> substr('qpzry9x8gf2tvdw0s3jn54khce6mua7l', cast(group as int) + 1, 1)
        ), ''))
    ), 1)
{%- endmacro %}
