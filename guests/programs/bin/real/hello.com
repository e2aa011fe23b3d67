¥	ç	Õ!√Hello from a .COM file
$