-- title: Lives where there is a national office
-- reason: A national office looks after its own supporters. The list is an illustration, made after
--   the offices that such an organisation shows in public: put your own countries here.

SELECT supporter_id
  FROM supporters
 WHERE country IN (
           -- Africa
           'BF', 'BJ', 'CI', 'GH', 'KE', 'ML', 'MU', 'NG', 'SL', 'SN', 'TG', 'ZA', 'ZW',
           -- the Americas
           'AR', 'BR', 'CA', 'CL', 'MX', 'PE', 'PR', 'PY', 'US', 'UY', 'VE',
           -- Asia and the Pacific
           'AU', 'HK', 'IN', 'ID', 'JP', 'KR', 'MN', 'MY', 'NP', 'NZ', 'PH', 'TH', 'TW',
           -- Europe
           'AT', 'BE', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FI', 'FO', 'FR', 'GB', 'GR', 'HU', 'IE', 'IS',
           'IT', 'LU', 'MD', 'NL', 'NO', 'PL', 'PT', 'SE', 'SI', 'SK', 'TR', 'UA',
           -- the Middle East and North Africa
           'DZ', 'IL', 'MA', 'TN'
       );
