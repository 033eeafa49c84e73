import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { useSession } from "@/api";
import { useSignInOptions } from "@/features/screen";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { GoogleButton } from "./GoogleButton";
import { linkClass } from "./linkClass";
import { nextPage } from "./nextPage";
import { SignInForm } from "./SignInForm";

export function LoginScreen() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const next = nextPage(search);
  const mode = useSignInOptions().data?.registration_mode ?? "open";
  if (useSession().status === "signedIn") return <Navigate replace to={next} />;
  return (
    <AuthPage
      title={copy.signInTitle}
      below={
        mode === "closed" ? null : (
          <>
            {copy.noAccount}{" "}
            <Link className={linkClass} to={{ pathname: "/register", search: search.toString() }}>
              {copy.register}
            </Link>
          </>
        )
      }
    >
      <GoogleButton next={next} />
      <SignInForm onDone={() => void navigate(next, { replace: true })} />
      <Link className={`${linkClass} self-center`} to="/forgot">
        {copy.forgot}
      </Link>
    </AuthPage>
  );
}
