def trimmed: . // "" | trim;
def filled: trimmed | if . == "" then null end;

# Digit by digit: `strptime` takes `2024-2-9` too, but not `9999-12-31`. 48 is "0", and "-" stands 3 before it.
def is_date: explode | map(. - 48)
  | length == 10 and .[4] == -3 and .[7] == -3 and all(.[:4][], .[5:7][], .[8:][]; 0 <= . and . <= 9) and (
      (.[0] * 1000 + .[1] * 100 + .[2] * 10 + .[3]) as $year
      | (.[5] * 10 + .[6]) as $month
      | (.[8] * 10 + .[9]) as $day
      | $year > 0 and $month > 0 and $day > 0 and $day <= (
          if $month != 2 then [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][$month - 1] // 0
          elif $year % 4 == 0 and ($year % 100 != 0 or $year % 400 == 0) then 29
          else 28 end));

((.first_name | trimmed) + " " + (.last_name | trimmed) | trim) as $name
| if $name == "" then
    {rejected: {code: "no-name", field: "patient.first_name", message: "neither first nor last name is filled"}}
  else
    (.title | trimmed) as $title
    | (.mobile_phone | filled) as $mobile
    | (.home_phone | filled) as $home
    | (.id | tostring) as $id
    | {
        upserts: [{
          model: "res.partner",
          key: ("patient/" + $id),
          fields: {
            x_source_id: $id,
            name: (if $title == "" then $name else $title + " " + $name end),
            # jq's language knows no other way to lower case.
            email: (.email_address | trimmed | if . == "" then null else ascii_downcase end),
            phone: ($mobile // $home),
            x_mobile: (if $home then $mobile else null end),
            street: (.address_line_1 | filled),
            street2: (.address_line_2 | filled),
            city: (.town | filled),
            zip: (.postcode | filled),
            x_county: (.county | filled),
            active: (.active != false),
            x_date_of_birth: (.date_of_birth | if . and is_date then . else null end),
            x_preferred_name: (.preferred_name | filled),
            x_medical_alert: (.medical_alert_text | filled),
            user_id: (.dentist_id | if . == null then null else {source: "practitioner/\(.)"} end)
          }
        }],
        findings: [],
        handovers: []
      }
  end
