/**
 * The commonest passwords and the variations people make of them for policies and seasons, as an offline list for those
 * who have fetched none. None holds a space.
 */
const text = `
  123456 123456789 12345678 1234567890 1234567 12345 111111 123123 000000 654321 666666 121212 112233 987654321
  11111111 88888888 00000000 12341234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz@WSX !QAZ2wsx zaq12wsx zaq1ZAQ! q1w2e3r4
  q1w2e3r4t5 qwerty qwerty1 qwerty12 qwerty123 qwertyuiop qwer1234 qazwsx qazwsxedc asdfgh asdfghjkl asdf1234 zxcvbn
  zxcvbnm poiuytrewq abc123 abcd1234 abcdef abcdefg abcdefgh aa123456 a123456 a12345678 a1b2c3 a1b2c3d4 Aa123456
  Aa123456! Abc123 Abc12345 Abc123! Abc@123 Abcd1234 Abcd1234! Abcd@1234 password password1 password12 password123
  password1234 password! password1! Password Password1 Password12 Password123 Password1234 Password12345 Password!
  Password1! Password12! Password123! Password1234! Password@1 Password@12 Password@123 Password#1 Password1@
  Password123@ Password123# Password$1 Password01 Password01! passw0rd Passw0rd Passw0rd! Passw0rd1 Passw0rd1!
  Passw0rd123 P@ssword P@ssword1 P@ssword1! P@ssword12 P@ssword123 P@ssword123! p@ssword p@ssw0rd p@ssw0rd1 P@ssw0rd
  P@ssw0rd! P@ssw0rd1 P@ssw0rd1! P@ssw0rd12 P@ssw0rd123 P@ssw0rd123! P@$$w0rd P@$$w0rd1 Pa$$w0rd Pa$$w0rd1 Pa$$word1
  Pa55word Pa55word! Pa55w0rd Pa55w0rd! pass pass123 pass1234 Pass123 Pass1234 Pass123! Pass1234! Pass@123 Pass@1234
  passwd passwd1 letmein letmein1 Letmein1 Letmein1! Letmein123 Letmein123! welcome welcome1 welcome123 Welcome
  Welcome1 Welcome1! Welcome12 Welcome123 Welcome123! Welcome@1 Welcome@123 Welcome2020 Welcome2021 Welcome2022
  Welcome2023 Welcome2024 Welcome2025 Welcome2024! Welcome2025! admin admin1 admin12 admin123 admin1234 Admin Admin1
  Admin123 Admin1234 Admin123! Admin1234! Admin@123 Admin@1234 administrator Administrator Administrator1 root
  root123 toor test test1 test12 test123 test1234 test12345 Test123 Test1234 Test123! Test1234! Test@123 Test@1234
  Testing1 Testing1! Testing123 Testing123! guest guest123 user user123 User123! demo demo123 temp temp123 temp1234
  Temp123! Temp1234! default Default1! changeme changeme1 changeme123 ChangeMe ChangeMe1 ChangeMe1! ChangeMe123
  ChangeMe123! Changeme1! secret secret1 secret123 Secret1! Secret123 Secret123! login login123 master master1
  Master123! access access14 iloveyou iloveyou1 iloveyou2 ILoveYou1! loveyou lovely love123 princess princess1
  Princess1 Princess1! sunshine sunshine1 Sunshine1 Sunshine1! monkey monkey1 monkey123 dragon dragon1 Dragon1!
  football football1 Football1 Football1! baseball baseball1 Baseball1! basketball soccer soccer1 hockey superman
  superman1 Superman1! batman batman1 Batman1! spiderman starwars Starwars1! pokemon pokemon1 naruto shadow shadow1
  Shadow1! trustno1 whatever whatever1 freedom freedom1 Freedom1! michael michael1 Michael1! jordan jordan23 jessica
  jennifer ashley ashley1 daniel daniel1 charlie charlie1 Charlie1! thomas robert andrew joshua matthew nicole hunter
  hunter2 killer killer1 ninja mustang ferrari mercedes porsche corvette harley yankees cowboys lakers liverpool
  liverpool1 arsenal chelsea chelsea1 barcelona juventus realmadrid manchester london berlin paris flower flower1
  summer summer1 summer123 Summer1! Summer123 Summer123! Summer2020 Summer2021 Summer2022 Summer2023 Summer2024
  Summer2025 Summer2023! Summer2024! Summer2025! Summer2026! winter winter1 Winter1! Winter123 Winter123! Winter2020
  Winter2021 Winter2022 Winter2023 Winter2024 Winter2025 Winter2023! Winter2024! Winter2025! Winter2026! spring
  Spring123 Spring123! Spring2023! Spring2024! Spring2025! Spring2026! autumn Autumn2023! Autumn2024! Autumn2025!
  Autumn2026! January1 January2024! March2024! October1 October2024! Monday1! Monday123 Friday1! cookie cookie1
  chocolate chocolate1 banana orange purple pepper ginger tigger buster maggie bailey peanut pumpkin butterfly
  butterfly1 angel angel1 angels babygirl babygirl1 hello hello1 hello123 Hello123 Hello123! Hello1! hello1234
  computer computer1 Computer1! internet samsung samsung1 google google123 Google1! facebook facebook1 linkedin
  adobe123 photoshop microsoft Microsoft1! windows Windows10! apple apple123 iphone android amazon amazon123 cisco
  Cisco123 Cisco123! oracle Oracle123 oracle123 mysql postgres postgres1 Postgres1! ubuntu linux raspberry server
  server1 Server123! Server2019! backup Backup123! support Support1 Support1! Support123! service Service1! office
  Office1! Office365! company Company1 Company1! Company123 Company123! manager sales marketing training qwe123
  qweqwe qweasd qweasdzxc qwe123qwe 1234qwer 123qwe 123qweasd 123abc 123321 1234abcd 12345a 12345qwert 123456a
  123456q 123456Aa 123456Aa! 123456789a 147258369 159753 159357 789456123 741852963 852456 102030 101010 131313
  696969 777777 7777777 222222 333333 555555 999999 aaaaaa aaaaaaaa asd123 asdasd asdasdasd zxc123 zzzzzz xxxxxx 1111
  1234 2000 1212 7777 1004 4321 6969 Qwerty1 Qwerty1! Qwerty12 Qwerty12! Qwerty123 Qwerty123! Qwerty123@ Qwerty@123
  Qwertyuiop1! Qwer1234 Qwer1234! Qwe123! Qwe123!@# QWEasd123 qweASD123 Asdf1234 Asdf1234! Asd123! Zxcvbnm1! 1Qaz2wsx
  1qaz!QAZ 1QAZ2wsx 1qazXSW@ 1qaz@WSX3edc !QAZ1qaz !QAZ@WSX !QAZxsw2 zaq1@WSX ZAQ!2wsx Zaq12wsx Q1w2e3r4 Q1w2e3r4!
  Q1w2e3r4t5 A1b2c3d4 A1b2c3d4! A123456! A123456789 Aa12345678 Aa12345678! Aa123456@ Aa@123456 Abc12345! Abc123456
  Abc123456! Abcdef1! Abcdef123! Abcdefg1! Abcdefgh1! Password2 Password2! Password3 Password5 Password7 Password9
  Password11 Password99 Password2020 Password2021 Password2022 Password2023 Password2024 Password2025 Password2020!
  Password2021! Password2022! Password2023! Password2024! Password2025! Password2026! MyPassword1 MyPassword1!
  Mypassword123! NewPassword1 NewPassword1! NewPassword123 Newpass1! Test12345! TestPassword1! TempPass1 TempPass1!
  TempPass123! TempPassword1! TemporaryPassword1! Temporary1! Temp@123 SecurePass1! SecurePassword1! StrongPass1!
  StrongPassword1! P4ssword P4ssw0rd P4$$w0rd Passwort Passwort1 Passwort1! Passwort123! Hallo123 Hallo123! Schatz1!
  motdepasse Motdepasse1! azerty azerty123 Azerty123 Azerty123! azertyuiop contrasena Contrasena1! Contraseña1! senha
  senha123 Senha123 Senha123! Senha@123 parola parola123 qwertz qwertz123 Qwertz123! iloveyou! Iloveyou1! Jesus1!
  jesus jesus1 blessed god123 trinity faith cheese coffee Coffee1! matrix
  phoenix merlin gandalf hogwarts minecraft Minecraft1! roblox fortnite playstation nintendo
`

export const commonPasswords: ReadonlySet<string> = new Set(text.split(/\s+/).filter(Boolean))
